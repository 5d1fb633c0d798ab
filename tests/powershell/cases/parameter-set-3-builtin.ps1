# expect: parameter-set 2
Start-Sleep -Seconds 5 -Milliseconds 10
# repaired 2: Start-Sleep -Milliseconds 10
