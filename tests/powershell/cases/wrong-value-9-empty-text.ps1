# expect: wrong-value 7
function Write-SecuDocLine {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Text)
    Write-Host $Text
}
Write-SecuDocLine -Text ''
# repaired 7: Write-SecuDocLine -Text 'x'
