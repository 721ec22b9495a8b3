"""Data sets as people have them: a downloaded tree becomes samples.tsv and a config."""
