Write-Host @'
$nothing here, "quotes" and a backtick at the end of `
a line
'@
Write-Host "a backtick, `$nothing and ""quotes"" `
"
