# expect: wrong-value 5
function Write-SecuDocMode {
    [CmdletBinding()]
    param([ValidateSet('OptIn', 'OptOut')][string]$Mode)
    if ($Mode -eq '') { $Mode = 'None' }
    Write-Host $Mode
}
Write-SecuDocMode
# repaired 5:     if ($Mode -eq '') { $Mode = 'OptOut' }
