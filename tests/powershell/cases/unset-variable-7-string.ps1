# expect: unset-variable 2
Write-Host "Size: $($size.Text) and more"
# repaired 2: Write-Host "Size: $($HOME.Length) and more"
