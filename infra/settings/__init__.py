"""The models of a stack file: plain data, validated once, frozen.

Each module owns one concept of the stack file. Field descriptions are the configuration reference and the JSON
Schema that editors use; both are made from here.
"""
