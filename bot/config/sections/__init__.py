"""From each section of the file to the records that the program works with."""
