# expect: missing-parameter 7
function Write-SecuDocLine {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Text)
    Write-Host $Text
}
Write-SecuDocLine
# repaired 7: Write-SecuDocLine -Text 'x'
