"""What did the tests reach, and which changed lines did they not?"""
