# expect: unknown-type 4
function Write-SecuDocLine {
    [CmdletBinding()]
    param([Parameter(Mandatroy)][string]$Text)
    Write-Host $Text
}
Write-SecuDocLine -Text 'x'
# repaired 4:     param([Parameter(Mandatory)][string]$Text)
