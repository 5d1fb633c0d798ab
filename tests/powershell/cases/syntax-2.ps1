# expect: syntax 3
function Write-SecuDocLine {
    [CmdletBinding()]
    param([string]$Text
    Write-Host $Text
}
Write-SecuDocLine
# repaired 4:     param([string]$Text)
