# expect: wrong-value 8
# expect: wrong-value 9
function Write-SecuDocLine {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string[]]$Lines)
    Write-Host $Lines
}
Write-SecuDocLine -Lines @()
Write-SecuDocLine -Lines $null
# repaired 8: Write-SecuDocLine -Lines 'x'
# repaired 9: Write-SecuDocLine -Lines 'y'
