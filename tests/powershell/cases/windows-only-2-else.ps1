# expect: windows-only 2
if ($IsWindows) { Write-Host 'x' } else { Test-NetConnection -ComputerName 'example.net' -Port 25 }
# repaired 2: if ($IsWindows) { Test-NetConnection -ComputerName 'example.net' -Port 25 }
