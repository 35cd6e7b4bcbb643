"""The rules that the API server itself holds: ValidatingAdmissionPolicies made from the rules' twins."""
