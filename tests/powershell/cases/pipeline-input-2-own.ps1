# expect: pipeline-input 7
function Write-SecuDocLine {
    [CmdletBinding()]
    param([string]$Text = '')
    Write-Host $Text
}
'x' | Write-SecuDocLine
# repaired 7: Write-SecuDocLine 'x'
