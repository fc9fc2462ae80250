"""Campaigns: messages that belong to one effort, found with hindsight from the sightings of one run."""
