"""How calls are set up, answered, cancelled, refreshed and ended: requests, and the responses that do not come."""
