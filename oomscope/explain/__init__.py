"""The texts behind `oomscope explain`."""
