#Requires -Version 7.4
<#
    Tests.ps1 - the four tests of a finished set-up (SD-150 to SD-153): which mails to send, what the message trace tells of them, and
    what that means. SD-154: the fourth is about a mail that is *excluded* in the add-in.

    A mail is known by a word in its subject that is made anew for each. The trace can lag and a new rule needs up to 30 minutes, so
    that "not seen yet" is Waiting and never Fail. What only a person can see (the banner, the attachment) is asked.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Attachment: has the mail one? Excluded: is the mail marked so that it stays as it is? Routed: shall it go through the service?
$script:TestTable = @(
    @{
        Number = 1; Requirement = 'SD-150'; Title = 'mail without attachment to an outside address'
        Attachment = $false; Excluded = $false; Routed = $false; Inside = $false
        Question = 'Has the mail arrived as it was sent?'
    }
    @{
        Number = 2; Requirement = 'SD-151'; Title = 'mail with attachment to an outside address'
        Attachment = $true; Excluded = $false; Routed = $true; Inside = $false
        Question = 'Has the mail arrived WITHOUT its attachment and with a download banner at the top?'
    }
    @{
        Number = 3; Requirement = 'SD-152'; Title = 'mail with attachment to a colleague'
        Attachment = $true; Excluded = $false; Routed = $false; Inside = $true
        Question = 'Has the mail arrived WITH its attachment?'
    }
    @{
        Number = 4; Requirement = 'SD-153'; Title = 'mail with attachment that is excluded in the add-in, to an outside address'
        Attachment = $true; Excluded = $true; Routed = $false; Inside = $false
        Question = 'Has the mail arrived WITH its attachment?'
    }
)

# A rule that was just made or changed needs up to 30 minutes (Microsoft: "Mail flow rules in Exchange Online").
$script:TestRuleAdvice = 'A new or changed rule needs up to 30 minutes. If it is older: is the sender a member of the users group, is the rule enabled, and does no rule before it stop the processing? "secudoc rules explain" tells which rule fires.'

# How long a mail that should not be touched is followed before it counts as gone straight.
$script:TestDirectMinutes = 5

# ---- which mails

# What the plan says that matters here.
function Get-SecuDocTestPlan {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Plan
    )
    $options = Get-SecuDocValue $Plan -Name 'Options'
    $marks = @()
    $rules = @()
    $names = @()
    foreach ($connector in @(Get-SecuDocList $Plan -Name 'OutboundConnectors')) {
        $marks += [string](Get-SecuDocValue $connector -Name 'Name')
        foreach ($smartHost in @(Get-SecuDocList $connector -Name 'SmartHosts')) { $marks += [string]$smartHost }
    }
    foreach ($rule in @(Get-SecuDocList $Plan -Name 'TransportRules')) {
        $routes = [string](Get-SecuDocValue $rule -Name 'RouteMessageOutboundConnector' -Default '')
        if ($routes -ne '') { $rules += [string](Get-SecuDocValue $rule -Name 'Name') }
    }
    foreach ($connector in @(Get-SecuDocList $Plan -Name 'InboundConnectors')) { $names += [string](Get-SecuDocValue $connector -Name 'Name') }
    return [pscustomobject]@{
        OptIn         = ([string](Get-SecuDocValue $options -Name 'Mode' -Default 'OptOut') -eq 'OptIn')
        InsideToo     = ([string](Get-SecuDocValue $options -Name 'Recipients' -Default 'Outside') -eq 'All')
        OutboundMarks = @($marks | Where-Object { $_ -ne '' })
        RuleMarks     = @($rules | Where-Object { $_ -ne '' })
        InboundMarks  = @($names | Where-Object { $_ -ne '' })
    }
}

# A word that no other mail has: letters and digits only, so that every mail program keeps it.
function New-SecuDocTestWord {
    [CmdletBinding()]
    param()
    return 'SD' + [guid]::NewGuid().ToString('N').Substring(0, 10).ToUpperInvariant()
}

# Why a test is not made, '' when it is.
function Get-SecuDocTestSkip {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Row,
        [Parameter(Mandatory)]
        [object] $Facts,
        [AllowEmptyString()]
        [string] $Colleague = '',
        [switch] $AddIn,
        [switch] $CanSend
    )
    if ($Row['Inside'] -and $Facts.InsideToo) { return 'the rule is for recipients inside too, so this mail is secured as well' }
    if ($Row['Inside'] -and $Colleague -eq '') { return 'no -Colleague was given' }
    if ($Row['Excluded'] -and -not $AddIn -and -not $CanSend) { return 'the add-in is not rolled out (-AddIn says that it is)' }
    return ''
}

# One test to be made: an ordered dictionary, as it stands in the file of results.
function New-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Row,
        [Parameter(Mandatory)]
        [string] $Sender,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Recipient,
        [AllowEmptyString()]
        [string] $Skip = ''
    )
    $word = New-SecuDocTestWord
    $result = 'Waiting'
    if ($Skip -ne '') { $result = 'Skipped' }
    return [ordered]@{
        Number      = $Row['Number']
        Requirement = $Row['Requirement']
        Title       = $Row['Title']
        Sender      = $Sender
        Recipient   = $Recipient
        Word        = $word
        Subject     = "SecuDoc test $($Row['Number']) $word"
        AskedAt     = ''
        SentAt      = ''
        Eyes        = ''
        Result      = $result
        Detail      = $Skip
        Advice      = ''
    }
}

# The test's row of the table.
function Get-SecuDocTestRow {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [int] $Number
    )
    foreach ($row in $script:TestTable) {
        if ($row['Number'] -eq $Number) { return $row }
    }
    throw (New-SecuDocError -Code 'SD102' -Message "There is no test $Number.")
}

# What the administrator is told to send.
function Get-SecuDocTestInstruction {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Test,
        [Parameter(Mandatory)]
        [object] $Facts
    )
    $row = Get-SecuDocTestRow -Number $Test['Number']
    "From     $($Test['Sender'])"
    "To       $($Test['Recipient'])"
    "Subject  $($Test['Subject'])"
    if ($row['Attachment']) {
        'Attach   one file of 20 KB or more, no picture'
    } else {
        'Attach   nothing, and leave out a signature with a picture: it counts as an attachment'
    }
    if ($row['Excluded']) {
        'Add-in   mark the mail as excluded, so that its attachment stays in it'
    } elseif ($Facts.OptIn -and $row['Routed']) {
        'Add-in   mark the mail as to be secured: in this tenant that is not the default'
    }
}

# The same mail for Graph: a message as "user: sendMail" describes it. The header is the one that the add-in sets.
function New-SecuDocTestMessage {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Test,
        [Parameter(Mandatory)]
        [object] $Facts
    )
    $row = Get-SecuDocTestRow -Number $Test['Number']
    $message = [ordered]@{
        subject      = $Test['Subject']
        body         = [ordered]@{ contentType = 'Text'; content = "This is a test of SecuDoc: $($Test['Title']). You may delete it after it was looked at." }
        toRecipients = @([ordered]@{ emailAddress = [ordered]@{ address = $Test['Recipient'] } })
    }
    if ($row['Attachment']) {
        $text = ("SecuDoc test $($Test['Word'])`r`n" * 1000)
        $bytes = [System.Text.Encoding]::ASCII.GetBytes($text)
        $message['attachments'] = @([ordered]@{
                '@odata.type' = '#microsoft.graph.fileAttachment'
                name          = "secudoc-test-$($Test['Number']).txt"
                contentType   = 'text/plain'
                contentBytes  = [System.Convert]::ToBase64String($bytes)
            })
    }
    $value = ''
    if ($row['Excluded']) { $value = '0' } elseif ($Facts.OptIn -and $row['Routed']) { $value = '1' }
    if ($value -ne '') {
        $message['internetMessageHeaders'] = @([ordered]@{ name = 'X-SecuDoc-Enabled'; value = $value })
    }
    return $message
}

# ---- what the message trace tells

# All text of one event: its columns differ between events, and the XML in Data names hosts and connectors.
function Get-SecuDocTestEventText {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $TraceEvent
    )
    $parts = @()
    foreach ($name in @('Event', 'Action', 'Detail', 'Data')) { $parts += [string](Get-SecuDocValue $TraceEvent -Name $name -Default '') }
    return $parts -join ' '
}

function Test-SecuDocTestMark {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text,
        [AllowEmptyCollection()]
        [string[]] $Marks = @()
    )
    foreach ($mark in $Marks) {
        if ($Text.Contains($mark, [System.StringComparison]::OrdinalIgnoreCase)) { return $true }
    }
    return $false
}

# Pure. Rows of the trace with their events, put together. Which names an event tells is not documented, so that Routed (to our connector
# or host), Ruled (by our rule, also in test mode) and Returned (through our connector) are true when the name is found, and otherwise
# not known. Again, a second row or Receive, only says that something took the mail around: others do so too.
function Get-SecuDocTestEvidence {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Rows,
        [Parameter(Mandatory)]
        [object] $Facts,
        [double] $AgeMinutes = 60
    )
    $evidence = [pscustomobject]@{
        Seen = $Rows.Count; Statuses = @(); Delivered = $false; Routed = $false; Ruled = $false; Returned = $false; Again = $false
        Trouble = ''; AgeMinutes = $AgeMinutes
    }
    $received = 0
    foreach ($row in $Rows) {
        $evidence.Statuses += $row.Status
        if (@('Delivered', 'Expanded') -contains $row.Status) { $evidence.Delivered = $true }
        foreach ($traceEvent in $row.Events) {
            $name = [string](Get-SecuDocValue $traceEvent -Name 'Event' -Default '')
            $text = Get-SecuDocTestEventText -TraceEvent $traceEvent
            if (Test-SecuDocTestMark -Text $text -Marks $Facts.OutboundMarks) { $evidence.Routed = $true }
            if (Test-SecuDocTestMark -Text $text -Marks $Facts.RuleMarks) { $evidence.Ruled = $true }
            if (Test-SecuDocTestMark -Text $text -Marks $Facts.InboundMarks) { $evidence.Returned = $true }
            if ($name -match '^receive$') { $received = $received + 1 }
            if ($name -match '^(fail|defer)') { $evidence.Trouble = [string](Get-SecuDocValue $traceEvent -Name 'Detail' -Default '') }
        }
    }
    $evidence.Again = ($Rows.Count -gt 1) -or ($received -gt 1)
    return $evidence
}

# Rows of the trace of one test's mail, each with its events. Times are UTC; the trace is asked from a little before somebody was told to
# send the mail until now.
function Get-SecuDocTestTrace {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Test
    )
    $begin = (ConvertTo-SecuDocUtc $Test['AskedAt']).AddMinutes(-15)
    $end = [datetime]::UtcNow
    # One question spans ten days at most.
    if ($end -gt $begin.AddDays(9)) { $end = $begin.AddDays(9) }
    $found = @(Get-SecuDocMessageTrace -Start $begin -End $end -SenderAddress $Test['Sender'] -RecipientAddress $Test['Recipient'])
    foreach ($item in $found) {
        $subject = [string](Get-SecuDocValue $item -Name 'Subject' -Default '')
        if (-not $subject.Contains($Test['Word'], [System.StringComparison]::OrdinalIgnoreCase)) { continue }
        $id = [guid](Get-SecuDocValue $item -Name 'MessageTraceId')
        [pscustomobject]@{
            Id     = $id.ToString()
            Status = [string](Get-SecuDocValue $item -Name 'Status' -Default '')
            Events = @(Get-SecuDocMessageTraceDetail -MessageTraceId $id -RecipientAddress $Test['Recipient'] -Start $begin -End $end)
        }
    }
}

# ---- what it means

# Pure. What the trace says of one test. Final says that waiting longer does not change it.
function Resolve-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Row,
        [Parameter(Mandatory)]
        [object] $Evidence
    )
    $seen = "trace: $(@($Evidence.Statuses | Sort-Object -Unique) -join ', ')"
    if ($Evidence.Seen -eq 0) {
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail 'not in the message trace yet' -Advice 'The trace lags some minutes. Was the mail sent, from that address, with that subject?'
    }
    if (@($Evidence.Statuses | Where-Object { $_ -eq 'Failed' }).Count -gt 0) {
        return New-SecuDocTestVerdict -Result 'Fail' -Detail "not delivered: $($Evidence.Trouble)" -Advice (Get-SecuDocTestAdvice -Row $Row -Trouble $Evidence.Trouble) -Final
    }
    if (@($Evidence.Statuses | Where-Object { @('Quarantined', 'FilteredAsSpam') -contains $_ }).Count -gt 0) {
        return New-SecuDocTestVerdict -Result 'Fail' -Detail $seen -Advice 'Microsoft took the mail for spam. Look whether the rule "SecuDoc No Spam Check" is enabled, and at SPF and DKIM of the sender domain.' -Final
    }
    if ($Row['Routed']) { return Resolve-SecuDocRoutedTest -Evidence $Evidence -Seen $seen }
    return Resolve-SecuDocDirectTest -Evidence $Evidence -Seen $seen -Row $Row
}

# A mail that shall go through the service and come back.
function Resolve-SecuDocRoutedTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Evidence,
        [Parameter(Mandatory)]
        [string] $Seen
    )
    $cameBack = ($Evidence.Returned -and ($Evidence.Routed -or $Evidence.Ruled)) -or ($Evidence.Again -and $Evidence.Routed)
    if ($cameBack -and $Evidence.Delivered) {
        return New-SecuDocTestVerdict -Result 'Pass' -Detail "went to the service, came back and was delivered; $Seen. By the message trace: nobody has looked at the mail" -Final
    }
    if ($Evidence.Routed) {
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail "went to the service, is not seen to come back yet; $Seen. $($Evidence.Trouble)" -Advice 'If it stays so: is the service running ("secudoc queue list"), and does the inbound connector know its certificate? A new connector needs up to 10 minutes.'
    }
    if ($Evidence.Returned) {
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail "came in by the connector of the service; the trace does not tell that it went there; $Seen" -Advice 'Look at the mail: without its attachment, with a banner, all is well.'
    }
    if ($Evidence.Ruled) {
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail "the routing rule took it; the trace does not tell by which way it went on; $Seen" -Advice 'Look at the mail. With its attachment it was not routed: the rule may be in test mode.'
    }
    if ($Evidence.Delivered) {
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail "delivered; the trace does not tell by which way; $Seen" -Advice "Look at the mail. With its attachment it was not routed. $script:TestRuleAdvice"
    }
    return New-SecuDocTestVerdict -Result 'Waiting' -Detail "$Seen. $($Evidence.Trouble)"
}

# A mail that shall not be touched.
function Resolve-SecuDocDirectTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Row,
        [Parameter(Mandatory)]
        [object] $Evidence,
        [Parameter(Mandatory)]
        [string] $Seen
    )
    $went = $Evidence.Routed -or $Evidence.Ruled -or $Evidence.Returned
    if ($went -and $Row['Attachment']) {
        return New-SecuDocTestVerdict -Result 'Fail' -Detail "taken by the routing rule or seen at the service, which should not be; $Seen" -Advice (Get-SecuDocTestAdvice -Row $Row -Trouble $Evidence.Trouble) -Final
    }
    if ($went -and $Evidence.Delivered) {
        return New-SecuDocTestVerdict -Result 'Pass' -Detail "delivered, but by way of the service; $Seen. Most likely a picture in the signature: it counts as an attachment" -Final
    }
    if ($Evidence.Delivered -and $Row['Attachment'] -and $Evidence.Again) {
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail "delivered, but seen twice in the trace, which does not tell why; $Seen" -Advice 'Look at the mail. With its attachment, and without a banner, all is well.'
    }
    if ($Evidence.Delivered -and $Row['Attachment'] -and $Evidence.AgeMinutes -lt $script:TestDirectMinutes) {
        # Handing it to the service would be "Delivered" too: look again before saying that it went straight.
        return New-SecuDocTestVerdict -Result 'Waiting' -Detail "delivered, looking whether it comes by a second time; $Seen"
    }
    if ($Evidence.Delivered) {
        return New-SecuDocTestVerdict -Result 'Pass' -Detail "delivered; $Seen. By the message trace: nobody has looked at the mail" -Final
    }
    return New-SecuDocTestVerdict -Result 'Waiting' -Detail "$Seen. $($Evidence.Trouble)"
}

function New-SecuDocTestVerdict {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Pass', 'Fail', 'Waiting')]
        [string] $Result,
        [Parameter(Mandatory)]
        [string] $Detail,
        [AllowEmptyString()]
        [string] $Advice = '',
        [switch] $Final
    )
    return [pscustomobject]@{ Result = $Result; Detail = $Detail.Trim(); Advice = $Advice; Final = [bool]$Final }
}

# Pure. What to look at when a test failed.
function Get-SecuDocTestAdvice {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Row,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Trouble
    )
    if ($Trouble -match '5\.7\.64') { return 'The inbound connector does not know the service: its certificate name, and whether that domain is an accepted domain of this tenant.' }
    if ($Trouble -match '4\.4\.7|timed out|4\.4\.') { return 'Exchange Online could not reach the service: its address in the outbound connector, port 25 and its certificate.' }
    switch ($Row['Number']) {
        1 { return 'This mail is not touched by SecuDoc: look at the message trace for what holds it up.' }
        2 { return $script:TestRuleAdvice }
        3 { return 'The rule must be for recipients outside the organisation only (SentToScope NotInOrganization), and the colleague''s domain an accepted domain that is not external relay.' }
    }
    return 'The add-in marks an excluded mail with X-SecuDoc-Enabled: 0 (opt-out) or leaves the mark 1 away (opt-in). Is the rule "SecuDoc Set Aside Switched Off" there and before the routing rule?'
}

# ---- the file of results

function Save-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [Parameter(Mandatory)]
        [string] $TenantId,
        [Parameter(Mandatory)]
        [object[]] $Tests
    )
    $document = [ordered]@{ SecuDocTest = 1; TenantId = $TenantId; At = (Get-SecuDocTime); Tests = $Tests }
    Write-SecuDocFile -Path $Path -Text (ConvertTo-SecuDocJson $document)
}

# The tests of an earlier run, for going on with them.
function Read-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [Parameter(Mandatory)]
        [string] $TenantId
    )
    try {
        $document = ConvertFrom-SecuDocJson (Read-SecuDocFile -Path $Path)
    } catch {
        throw (New-SecuDocError -Code 'SD102' -Message "The results $Path cannot be read: $($_.Exception.Message)")
    }
    if ((Get-SecuDocValue $document -Name 'SecuDocTest' -Default 0) -ne 1 -or [string](Get-SecuDocValue $document -Name 'TenantId') -ne $TenantId) {
        throw (New-SecuDocError -Code 'SD102' -Message "$Path holds no results of this tenant.")
    }
    foreach ($test in @(Get-SecuDocList $document -Name 'Tests')) {
        foreach ($name in @('Number', 'Sender', 'Recipient', 'Word', 'Subject', 'AskedAt', 'SentAt', 'Eyes', 'Result', 'Detail', 'Advice', 'Title')) {
            if (-not (Test-SecuDocKey $test -Name $name)) {
                throw (New-SecuDocError -Code 'SD102' -Message "$Path is damaged: a test has no $name.")
            }
        }
        $null = Get-SecuDocTestRow -Number $test['Number']
        $test
    }
}

# ---- running them

# Sends or has sent. Between AskedAt and SentAt the mail was sent: the trace is asked from the first, its age counts from the second.
function Send-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Test,
        [Parameter(Mandatory)]
        [object] $Facts,
        [switch] $ByScript
    )
    Write-SecuDocStep "Test $($Test['Number']) ($($Test['Requirement'])): $($Test['Title'])"
    $Test['AskedAt'] = Get-SecuDocTime
    if ($ByScript) {
        Send-SecuDocGraphMail -Message (New-SecuDocTestMessage -Test $Test -Facts $Facts)
        Write-SecuDocNote "sent: $($Test['Subject'])"
    } else {
        Write-SecuDocNote 'Please send this mail now:'
        foreach ($line in @(Get-SecuDocTestInstruction -Test $Test -Facts $Facts)) { Write-SecuDocNote "  $line" }
        $null = Read-Host -Prompt '   Press Enter when it is sent'
    }
    $Test['SentAt'] = Get-SecuDocTime
}

# Looks once at every mail whose test is open; gives how many are still open.
function Update-SecuDocTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object[]] $Tests,
        [Parameter(Mandatory)]
        [object] $Facts
    )
    $open = 0
    foreach ($test in $Tests) {
        if ($test['Result'] -ne 'Waiting' -or $test['SentAt'] -eq '') { continue }
        $rows = @(Invoke-SecuDocRetry -Action { Get-SecuDocTestTrace -Test $test })
        $age = ([datetime]::UtcNow - (ConvertTo-SecuDocUtc $test['SentAt'])).TotalMinutes
        $evidence = Get-SecuDocTestEvidence -Rows $rows -Facts $Facts -AgeMinutes $age
        $verdict = Resolve-SecuDocTest -Row (Get-SecuDocTestRow -Number $test['Number']) -Evidence $evidence
        $test['Result'] = $verdict.Result
        $test['Detail'] = $verdict.Detail
        $test['Advice'] = $verdict.Advice
        if (-not $verdict.Final) { $open = $open + 1 }
    }
    return $open
}

# Asks what only eyes can see, for tests that the trace passes or leaves open. An empty answer leaves it as it is.
function Read-SecuDocTestAnswer {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Test
    )
    $row = Get-SecuDocTestRow -Number $Test['Number']
    Write-SecuDocStep "Test $($Test['Number']): look into the mailbox of $($Test['Recipient'])"
    Write-SecuDocNote "Subject  $($Test['Subject'])"
    Write-SecuDocNote (ConvertTo-SecuDocPrintable "Trace    $($Test['Result']): $($Test['Detail'])")
    while ($true) {
        $answer = ([string](Read-Host -Prompt "   $($row['Question']) (y = yes, n = no, Enter = cannot tell yet)")).Trim()
        if ($answer -eq '') { return '' }
        if ($answer -match '^[yj]') { return 'Yes' }
        if ($answer -match '^n') { return 'No' }
    }
}

# Answers count more than the trace; without one a test stays as the trace has it.
function Set-SecuDocTestAnswer {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Test,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Answer
    )
    if ($Answer -eq '') { return }
    $Test['Eyes'] = $Answer
    if ($Answer -eq 'Yes') {
        $Test['Result'] = 'Pass'
        $Test['Detail'] = "seen at the recipient; $($Test['Detail'])"
        $Test['Advice'] = ''
        return
    }
    $Test['Result'] = 'Fail'
    $Test['Advice'] = Get-SecuDocTestAdvice -Row (Get-SecuDocTestRow -Number $Test['Number']) -Trouble $Test['Detail']
    $Test['Detail'] = "not as expected at the recipient; $($Test['Detail'])"
}

# The tests as checks, for showing them.
function ConvertTo-SecuDocTestCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object[]] $Tests
    )
    foreach ($test in $Tests) {
        New-SecuDocCheck -Name "Test $($test['Number']), $($test['Title'])" -Result $test['Result'] -Detail $test['Detail'] -Advice $test['Advice']
    }
}
