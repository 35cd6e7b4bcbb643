"""For each rule the resources that it passes, refuses and cannot judge. One module a rule, found by its `CASES`."""
