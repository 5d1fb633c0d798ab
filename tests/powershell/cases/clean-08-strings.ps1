Write-Host @'
$nothing here, "quotes" and a backtick at the end of `
a line
'@
Write-Host "it’s – said ‘so’" # ’
Write-Host 'twice ’’ and “once” –'
Write-Host "a backtick, `$nothing and ""quotes"" `
"
