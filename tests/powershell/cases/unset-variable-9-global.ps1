# expect: unset-variable 2
$global:Size = 1
Write-Host $global:Size
# repaired 2: $size = 1
# repaired 3: Write-Host $size
