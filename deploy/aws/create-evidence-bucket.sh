#!/bin/sh
# Makes the evidence bucket: versioned, locked, private, encrypted, written once. Needs the AWS command line, version 2.
set -eu

usage() {
  echo "Usage: $0 BUCKET REGION [DAYS] [GOVERNANCE|COMPLIANCE]

  DAYS  How long each version is kept at least; 2557 (seven years) unless given.
  MODE  GOVERNANCE (default): who holds s3:BypassGovernanceRetention may shorten it.
        COMPLIANCE: nobody may, not even the account's root, until the days are over."
}

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
esac
if [ $# -lt 2 ]; then
  usage >&2
  exit 2
fi

bucket=$1
region=$2
days=${3:-2557}
mode=${4:-GOVERNANCE}
here=$(cd "$(dirname "$0")" && pwd)

# us-east-1 is the one region that must not be named as a location.
if [ "$region" = us-east-1 ]; then
  aws s3api create-bucket --bucket "$bucket" --region "$region" --object-lock-enabled-for-bucket
else
  aws s3api create-bucket --bucket "$bucket" --region "$region" --object-lock-enabled-for-bucket \
    --create-bucket-configuration "LocationConstraint=$region"
fi

# Object Lock turns versioning on by itself, and it can never be turned off again.
aws s3api put-object-lock-configuration --bucket "$bucket" --region "$region" --object-lock-configuration \
  "{\"ObjectLockEnabled\":\"Enabled\",\"Rule\":{\"DefaultRetention\":{\"Mode\":\"$mode\",\"Days\":$days}}}"

aws s3api put-public-access-block --bucket "$bucket" --region "$region" --public-access-block-configuration \
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true

aws s3api put-bucket-policy --bucket "$bucket" --region "$region" \
  --policy "$(sed "s/example-incident-evidence/$bucket/g" "$here/bucket-policy.json")"

echo "Made s3://$bucket in $region: $mode for $days days. Now give the bot the rights in $here/bot-policy.json."
