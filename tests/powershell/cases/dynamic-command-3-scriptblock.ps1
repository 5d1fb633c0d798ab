# expect: dynamic-command 2
$block = [scriptblock]::Create('Get-Module')
Write-Host $block
# repaired 2: $block = { Get-Module }
