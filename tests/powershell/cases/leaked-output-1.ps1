# expect: leaked-output 5
function Get-SecuDocFolder {
    [CmdletBinding()]
    param()
    New-Item -ItemType Directory -Path 'x'
    return 'x'
}
Write-Host (Get-SecuDocFolder)
# repaired 5:     $null = New-Item -ItemType Directory -Path 'x'
