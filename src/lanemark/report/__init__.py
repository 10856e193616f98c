"""What do people read? Model in, text out; every untrusted string through `escape`."""
