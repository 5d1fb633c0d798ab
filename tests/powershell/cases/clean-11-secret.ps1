function Write-SecuDocPlan {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$SecretPath, [Parameter(Mandatory)][string]$TokenHash)
    Write-Host "the secret is kept in $SecretPath, its digest is $TokenHash"
}
Write-SecuDocPlan -SecretPath 'x' -TokenHash 'y'
