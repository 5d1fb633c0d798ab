# expect: secret-output 5
function Write-SecuDocPlan {
    [CmdletBinding()]
    param([object]$Plan)
    Write-Host "header: $($Plan.SecretValue)"
}
Write-SecuDocPlan -Plan 'x'
# repaired 5:     Write-Host "header: $($Plan.Name)"
