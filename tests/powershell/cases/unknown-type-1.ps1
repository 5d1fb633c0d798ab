# expect: unknown-type 2
Write-Host ([System.IO.Flie]::Exists('x'))
# repaired 2: Write-Host ([System.IO.File]::Exists('x'))
