# expect: switch-value 7
function Write-SecuDocLine {
    [CmdletBinding()]
    param([switch]$Loud)
    Write-Host $Loud
}
Write-SecuDocLine -Loud $true
# repaired 7: Write-SecuDocLine -Loud:$true
