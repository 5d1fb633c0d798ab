# expect: unknown-type 4
function Write-SecuDocLine {
    [CmdletBinding()]
    param([strng]$Text)
    Write-Host $Text
}
Write-SecuDocLine -Text 'x'
# repaired 4:     param([string]$Text)
