# Copyright the nospim authors.
# SPDX-License-Identifier: Apache-2.0
"""Synapse module: asks the guard before a message is sent, and tells it what people do.

In homeserver.yaml: ``modules: [{module: nospim_synapse.Nospim, config: {...}}]``.  For Synapse 1.132 and
later; see docs/how-to/protect-synapse.md.
"""

from nospim_synapse.module import Nospim

__all__ = ["Nospim"]
