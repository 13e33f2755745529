"""What servers load: searched for what their end does not wait for."""
