#!/bin/sh
# Makes the secrets that docker-compose.yml reads, in ./secrets; what is there already stays.
set -eu
cd "$(dirname "$0")/.."
# The directory is yours alone; the files can be read by whoever is in it, since the containers' users are not you.
mkdir -p -m 700 secrets && cd secrets
umask 022
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
[ -e postgres_password ] || random > postgres_password
[ -e assistants_api_key ] || random > assistants_api_key
# Bearer keys and their projects: key=project,key2=project2
[ -e api_keys ] || echo "$(cat assistants_api_key)=default" > api_keys
# The key of the model's endpoint. Empty: none.
[ -e model_api_key ] || : > model_api_key
echo "The API key is in secrets/assistants_api_key, the model's key goes into secrets/model_api_key."
