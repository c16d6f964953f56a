"""Key custody: who can change the program, how fast, and what does the record say?"""
