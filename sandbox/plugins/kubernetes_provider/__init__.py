"""A stand-in for the official Kubernetes provider, for where its plugin cannot be had.

Owns the objects of the Kubernetes API, built-in and custom: check, diff, create, read, update, delete, refresh and
import against a real API server, by server-side apply. State has the official provider's keys, so that either reads
the other's.

A Helm release (`helm.sh/v3:Release`) is simulated: its inputs are checked and it is recorded in the cluster as Helm
does it, but charts cannot be fetched, so nothing of one runs (`helm_release`).

Refuses, each with a sentence: other Helm resources, YAML and Kustomize resources, Patch and List resources, functions,
client-side apply.

Better than the official one where a rehearsal needs it: preview asks the API server with strict field validation, and
shows what it refuses, 403 included. Less: Services and Ingresses are not waited for; `managedFields` is not kept in
the state.
"""
