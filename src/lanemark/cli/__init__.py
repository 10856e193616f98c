"""What was asked, by a person or by the Action? One module a command, imported when chosen."""
