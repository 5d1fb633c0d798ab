# expect: unknown-type 2
Write-Host ([System.IO.File]::Exist('x'))
# repaired 2: Write-Host ([System.IO.File]::Exists('x'))
