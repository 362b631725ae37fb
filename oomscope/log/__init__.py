"""Bytes to records: files, compression, archives, transports, times, trust. Knows nothing about OOM."""
