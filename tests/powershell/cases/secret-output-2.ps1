# expect: secret-output 5
function Write-SecuDocPlan {
    [CmdletBinding()]
    param([string]$Password)
    Write-Warning $Password
}
Write-SecuDocPlan -Password 'x'
# repaired 5:     Write-Warning "$($Password.Length) characters"
