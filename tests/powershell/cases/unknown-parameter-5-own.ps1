# expect: unknown-parameter 7
function Write-SecuDocLine {
    [CmdletBinding()]
    param([string]$Text)
    Write-Host $Text
}
Write-SecuDocLine -Txt 'x'
# repaired 7: Write-SecuDocLine -Text 'x'
