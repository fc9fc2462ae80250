"""Reports to others: hosts, registrars, servers, operators, those concerned; never a victim's name."""
