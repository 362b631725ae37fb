"""`python -m oomscope`: the command line of a plain checkout, where nothing is installed."""

from oomscope.cli import main

main()
