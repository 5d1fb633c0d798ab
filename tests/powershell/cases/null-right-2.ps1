# expect: null-right 3
$x = 1
Write-Host ($x -ne $null)
# repaired 3: Write-Host ($null -ne $x)
