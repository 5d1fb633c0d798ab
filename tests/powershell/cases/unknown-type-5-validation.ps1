# expect: unknown-type 4
function Write-SecuDocLine {
    [CmdletBinding()]
    param([ValidatSet('x')][string]$Text)
    Write-Host $Text
}
Write-SecuDocLine -Text 'x'
# repaired 4:     param([ValidateSet('x')][string]$Text)
