"""What the kernel says before it names whom it kills."""

# "Out of Memory" in 2.6.9; what stands in brackets may be new or a vendor's.
MESSAGE = r"(?P<message>(?:Memory cgroup o|O)ut of [Mm]emory(?: \([\w ]{1,40}\)| in UB \d{1,10})?|No available memory (?:\(MPOL_BIND\)|in cpuset))"
