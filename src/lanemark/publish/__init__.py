"""What must GitHub be told, given what is there already? Requests as values."""
