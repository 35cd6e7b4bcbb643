#!/bin/sh
# Makes the home of Pulumi's state and of the key of its secrets: a resource group with a storage account and a key vault.
# Run it once for all environments, as an Owner of the subscription; again changes nothing but what has drifted.
# docs/state.md tells what it makes, who may do what with it, and what to do when something breaks.
#
# Not part of a Pulumi stack on purpose: what holds the state of every stack must not be in one.
# Control plane only (az ... container-rm, az rest): it needs no data role, and waits for none.
set -eu

usage() {
    cat <<'USAGE'
usage: bootstrap/azure_state.sh [--dry-run] --subscription ID --location REGION --account NAME --vault NAME
           --deploy OBJECT_ID [--deploy OBJECT_ID ...] [options]

  --subscription ID     the subscription; the one you are logged in to is not used
  --location REGION     for example westeurope
  --account NAME        storage account, 3 to 24 lower-case letters and digits, unique in all of Azure
  --vault NAME          key vault, 3 to 24 letters, digits and hyphens, unique in all of Azure
  --deploy OBJECT_ID    Entra object that deploys: reads and writes state, encrypts and decrypts secrets
  --preview OBJECT_ID   Entra object that previews: reads state. Without --preview-decrypts it cannot open a stack
  --preview-decrypts    the previewers may use the key too, and so read every secret of every stack kept here
  --principal-type T    of the objects above: Group (default), ServicePrincipal or User
  --group NAME          resource group, default buildfleet-state
  --container NAME      blob container, default pulumi
  --key NAME            key, default pulumi
  --sku NAME            of the storage account, default Standard_ZRS; Standard_LRS where a region has no zones
  --retention-days N    deleted blobs and a deleted vault can be recovered so long, 7 to 90, default 90
  --dry-run             print the commands, run none
USAGE
}

refuse() {
    printf 'azure_state.sh: %s\n' "$*" >&2
    exit 2
}

# One argument, quoted for a shell where it has to be.
quoted() {
    case $1 in
    '' | *[!A-Za-z0-9_./:=@%+,-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}

run() {
    line=''
    for argument in "$@"; do
        line="$line${line:+ }$(quoted "$argument")"
    done
    printf '%s\n' "$line"
    [ -n "$dry_run" ] || "$@"
}

# True when the query succeeds. A dry run asks nothing and takes everything for absent.
there() {
    [ -z "$dry_run" ] && "$@" --output none 2>/dev/null
}

matches() {
    printf '%s\n' "$2" | grep -Eqx -- "$1"
}

dry_run='' subscription='' location='' account='' vault='' deploy='' preview='' preview_decrypts='' principal_type=Group
group=buildfleet-state container=pulumi key=pulumi sku=Standard_ZRS retention=90

while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry_run=yes && shift && continue ;;
    --preview-decrypts) preview_decrypts=yes && shift && continue ;;
    -h | --help) usage && exit 0 ;;
    esac
    [ $# -ge 2 ] || refuse "$1: an option with a value is wanted; see --help"
    case $1 in
    --subscription) subscription=$2 ;;
    --location) location=$2 ;;
    --account) account=$2 ;;
    --vault) vault=$2 ;;
    --deploy) deploy="$deploy $2" ;;
    --preview) preview="$preview $2" ;;
    --principal-type) principal_type=$2 ;;
    --group) group=$2 ;;
    --container) container=$2 ;;
    --key) key=$2 ;;
    --sku) sku=$2 ;;
    --retention-days) retention=$2 ;;
    *) refuse "$1: unknown option; see --help" ;;
    esac
    shift 2
done

guid='[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
matches "$guid" "$subscription" || refuse "--subscription: '$subscription' is no id; az account list --output table"
matches '[a-z][a-z0-9]+' "$location" || refuse "--location: '$location' is no region in its short form, for example westeurope"
matches '[a-z0-9]{3,24}' "$account" || refuse "--account: '$account' is not 3 to 24 lower-case letters and digits"
if ! matches '[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]' "$vault" || matches '.*--.*' "$vault"; then
    refuse "--vault: '$vault' is not 3 to 24 letters, digits and single hyphens from a letter to a letter or digit"
fi
matches '[-A-Za-z0-9_.()]{1,90}' "$group" || refuse "--group: '$group' is not 1 to 90 letters, digits, hyphens, underscores, dots and brackets"
matches '[a-z0-9](-?[a-z0-9]){2,62}' "$container" || refuse "--container: '$container' is not 3 to 63 lower-case letters, digits and single hyphens"
matches '[A-Za-z0-9-]{1,127}' "$key" || refuse "--key: '$key' is not 1 to 127 letters, digits and hyphens"
matches 'Group|ServicePrincipal|User' "$principal_type" || refuse "--principal-type: '$principal_type' is not Group, ServicePrincipal or User"
if ! matches '[0-9]{1,2}' "$retention" || [ "$retention" -lt 7 ] || [ "$retention" -gt 90 ]; then
    refuse "--retention-days: '$retention' is not 7 to 90"
fi
[ -n "$deploy" ] || refuse "--deploy: name at least one; az ad group show --group NAME --query id --output tsv"
for object in $deploy $preview; do
    matches "$guid" "$object" || refuse "--deploy, --preview: '$object' is no object id; az ad group show --group NAME --query id --output tsv"
done
[ -z "$preview_decrypts" ] || [ -n "$preview" ] || refuse "--preview-decrypts: nobody is named by --preview"

if [ -z "$dry_run" ]; then
    command -v az >/dev/null || refuse "az is not on PATH: https://learn.microsoft.com/cli/azure/install-azure-cli"
    az account show --subscription "$subscription" --output none || refuse "log in first: az login"
fi

scope="/subscriptions/$subscription/resourceGroups/$group/providers"
container_scope="$scope/Microsoft.Storage/storageAccounts/$account/blobServices/default/containers/$container"
key_scope="$scope/Microsoft.KeyVault/vaults/$vault/keys/$key"

run az group create --subscription "$subscription" --name "$group" --location "$location" --output none

# State. No shared keys: whoever reads it has logged in. Versions are the backup, so no lifecycle rule deletes them: a rule
# counts from a version's creation, and would take the one good version of a state that had not changed for long.
run az storage account create --subscription "$subscription" --resource-group "$group" --name "$account" \
    --location "$location" --kind StorageV2 --sku "$sku" --min-tls-version TLS1_2 --https-only true \
    --allow-blob-public-access false --allow-shared-key-access false --output none
run az storage account blob-service-properties update --subscription "$subscription" --resource-group "$group" \
    --account-name "$account" --enable-versioning true --enable-delete-retention true --delete-retention-days "$retention" \
    --enable-container-delete-retention true --container-delete-retention-days "$retention" --output none
run az storage container-rm create --subscription "$subscription" --resource-group "$group" --storage-account "$account" \
    --name "$container" --public-access off --output none

# Secrets. `az keyvault create` refuses a vault that is there; how long a deleted one is kept is fixed at creation.
if there az keyvault show --subscription "$subscription" --resource-group "$group" --name "$vault"; then
    run az keyvault update --subscription "$subscription" --resource-group "$group" --name "$vault" \
        --enable-rbac-authorization true --enable-purge-protection true --output none
elif there az keyvault show-deleted --subscription "$subscription" --name "$vault"; then
    refuse "the vault $vault was deleted and holds the key of the state: az keyvault recover --subscription $subscription --name $vault"
else
    run az keyvault create --subscription "$subscription" --resource-group "$group" --name "$vault" --location "$location" \
        --enable-rbac-authorization true --enable-purge-protection true --retention-days "$retention" --output none
fi
# By the control plane: a PUT makes the key's first version and is idle ever after. Another version would shut the state.
run az rest --method put --url "$key_scope?api-version=2023-07-01" \
    --body '{"properties": {"kty": "RSA", "keySize": 3072, "keyOps": ["encrypt", "decrypt"]}}' --output none

grant() {
    run az role assignment create --subscription "$subscription" --role "$1" --scope "$2" \
        --assignee-object-id "$3" --assignee-principal-type "$principal_type" --output none
}
for object in $deploy; do
    grant "Storage Blob Data Contributor" "$container_scope" "$object"
    grant "Key Vault Crypto User" "$key_scope" "$object"
done
for object in $preview; do
    # A preview takes no lock on this backend, so reading is enough.
    grant "Storage Blob Data Reader" "$container_scope" "$object"
    [ -z "$preview_decrypts" ] || grant "Key Vault Crypto User" "$key_scope" "$object"
done

# Last, so that a run that was refused half-way can be cleaned up.
run az lock create --subscription "$subscription" --resource-group "$group" --name buildfleet-state \
    --lock-type CanNotDelete --notes "State and secrets of every Pulumi stack" --output none

cat <<NEXT

# Next, as one of those who deploy. A role takes up to ten minutes to work; 403 until then.
az login
pulumi login 'azblob://$container?storage_account=$account'
pulumi stack init NAME --secrets-provider 'azurekeyvault://$vault.vault.azure.net/keys/$key'
NEXT
