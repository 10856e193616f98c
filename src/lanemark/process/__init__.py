"""Start, account and end process trees; the clock and the machine."""
