# expect: wrong-value 7
function Write-SecuDocState {
    [CmdletBinding()]
    param([ValidateSet('Pass', 'Fail')][string]$State)
    Write-Host $State
}
Write-SecuDocState -State 'Passed'
# repaired 7: Write-SecuDocState -State 'Pass'
