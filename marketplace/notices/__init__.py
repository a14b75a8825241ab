"""Messages to the people concerned."""
