#Requires -Version 7.4
<#
    Common.ps1 - what all parts share: values read safely, checks and changes, messages, files.

    Nothing here talks to Microsoft. Values from elsewhere (cmdlets, JSON) are read with Get-SecuDocValue
    and Get-SecuDocList only: under strict mode a property that is not there throws.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# ---- reading values

# A key of a dictionary or a property of an object, without case. A list of one comes out as that one.
function Get-SecuDocValue {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $From,
        [Parameter(Mandatory, Position = 1)]
        [string] $Name,
        [AllowNull()]
        [object] $Default = $null
    )
    if ($null -eq $From) { return $Default }
    if ($From -is [System.Collections.IDictionary]) {
        foreach ($key in @($From.Keys)) {
            if ([string]::Equals([string]$key, $Name, [System.StringComparison]::OrdinalIgnoreCase)) {
                return $From[$key]
            }
        }
        return $Default
    }
    $property = $From.PSObject.Properties[$Name]
    if ($null -eq $property) { return $Default }
    return $property.Value
}

# The same as a list: call it inside @( ). Nothing for no value; a text or a dictionary is one element.
function Get-SecuDocList {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $From,
        [Parameter(Mandatory, Position = 1)]
        [string] $Name
    )
    foreach ($item in @(Get-SecuDocValue $From -Name $Name)) {
        if ($null -ne $item) { $item }
    }
}

function Test-SecuDocKey {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [System.Collections.IDictionary] $From,
        [Parameter(Mandatory, Position = 1)]
        [string] $Name
    )
    foreach ($key in @($From.Keys)) {
        if ([string]::Equals([string]$key, $Name, [System.StringComparison]::OrdinalIgnoreCase)) { return $true }
    }
    return $false
}

# Names of Exchange are compared as Exchange does: without case, letter by letter.
function Test-SecuDocSameText {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [AllowEmptyString()]
        [string] $Left,
        [Parameter(Mandatory)]
        [AllowNull()]
        [AllowEmptyString()]
        [string] $Right
    )
    return [string]::Equals($Left, $Right, [System.StringComparison]::OrdinalIgnoreCase)
}

# ---- JSON and files

# Dictionaries become [ordered], lists [object[]], times ISO 8601 text: a copy that shares nothing.
function ConvertTo-SecuDocTable {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $Value
    )
    if ($null -eq $Value) { return $null }
    if ($Value -is [string]) { return $Value }
    if ($Value -is [datetime]) {
        return $Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
    }
    if ($Value -is [System.Collections.IDictionary]) {
        $table = [ordered]@{}
        foreach ($key in @($Value.Keys)) {
            $table[[string]$key] = ConvertTo-SecuDocTable $Value[$key]
        }
        return $table
    }
    if ($Value -is [System.Collections.IEnumerable]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            $items.Add((ConvertTo-SecuDocTable $item))
        }
        return , $items.ToArray()
    }
    return $Value
}

function ConvertFrom-SecuDocJson {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Text
    )
    $parsed = ConvertFrom-Json -InputObject $Text -AsHashtable -NoEnumerate -Depth 32
    return ConvertTo-SecuDocTable $parsed
}

function ConvertTo-SecuDocJson {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [object] $Value
    )
    return ConvertTo-Json -InputObject $Value -Depth 32
}

# .NET has another current folder than PowerShell.
function Resolve-SecuDocPath {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Path
    )
    return $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
}

function Read-SecuDocFile {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path
    )
    $full = Resolve-SecuDocPath $Path
    return [System.IO.File]::ReadAllText($full, [System.Text.Encoding]::UTF8)
}

# Written beside, flushed, renamed over: after a crash there is the old text or the new one. Only the
# owner may read it (on Windows what the folder says counts).
function Write-SecuDocFile {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text
    )
    $full = Resolve-SecuDocPath $Path
    $temporary = $full + '.new'
    $bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($Text)
    $options = [System.IO.FileStreamOptions]::new()
    # one that was left behind would keep its rights
    [System.IO.File]::Delete($temporary)
    $options.Mode = [System.IO.FileMode]::CreateNew
    $options.Access = [System.IO.FileAccess]::Write
    $options.Share = [System.IO.FileShare]::None
    if (-not $IsWindows) {
        $options.UnixCreateMode = [System.IO.UnixFileMode]'UserRead, UserWrite'
    }
    $stream = [System.IO.FileStream]::new($temporary, $options)
    try {
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
    [System.IO.File]::Move($temporary, $full, $true)
}

# The folder for undo files and transcripts; made when it is not there, for its owner alone.
function Initialize-SecuDocStateDirectory {
    [CmdletBinding()]
    param(
        [AllowEmptyString()]
        [string] $Path = ''
    )
    $full = $Path
    if ($full -eq '') {
        $base = [System.Environment]::GetFolderPath('LocalApplicationData', 'DoNotVerify')
        if ([string]::IsNullOrEmpty($base)) {
            throw (New-SecuDocError -Code 'SD132' -Message 'There is no folder for application data.' -Advice 'Name one with -StateDirectory.')
        }
        $full = [System.IO.Path]::Combine($base, 'SecuDoc365')
    }
    $full = Resolve-SecuDocPath $full
    try {
        if (-not [System.IO.Directory]::Exists($full)) {
            if ($IsWindows) {
                [void][System.IO.Directory]::CreateDirectory($full)
            } else {
                [void][System.IO.Directory]::CreateDirectory($full, [System.IO.UnixFileMode]'UserRead, UserWrite, UserExecute')
            }
        }
    } catch {
        throw (New-SecuDocError -Code 'SD132' -Message "The folder $full cannot be made: $($_.Exception.Message)" -Advice 'Name another one with -StateDirectory.')
    }
    if (-not $IsWindows) {
        $others = [System.IO.File]::GetUnixFileMode($full) -band [System.IO.UnixFileMode]'GroupRead, OtherRead'
        if ($others -ne [System.IO.UnixFileMode]::None) { Write-SecuDocNote "Others may list the folder ${full}: chmod 700 keeps them out." }
    }
    return $full
}

# The file is made first, so that only its owner may read it. Gives its path.
function Start-SecuDocTranscript {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $StateDirectory,
        [Parameter(Mandatory)]
        [ValidateSet('install', 'uninstall')]
        [string] $Name
    )
    $stamp = [datetime]::Now.ToString('yyyyMMdd-HHmmss', [cultureinfo]::InvariantCulture)
    $path = [System.IO.Path]::Combine($StateDirectory, "$Name-$stamp.txt")
    Write-SecuDocFile -Path $path -Text ''
    [void](Start-Transcript -LiteralPath $path -UseMinimalHeader:$true -WhatIf:$false -Confirm:$false)
    return $path
}

function Get-SecuDocDigest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowEmptyString()]
        [string] $Text
    )
    [byte[]] $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    [byte[]] $hash = [System.Security.Cryptography.SHA256]::HashData($bytes)
    return 'sha256:' + [System.Convert]::ToHexString($hash).ToLowerInvariant()
}

function Get-SecuDocTime {
    [CmdletBinding()]
    param()
    return [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
}

# A time as a cmdlet or a file gives it, in UTC; $null when it is none.
function ConvertTo-SecuDocUtc {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $Value
    )
    if ($null -eq $Value) { return $null }
    if ($Value -is [datetime]) {
        # what says nothing of its zone is one of Exchange's ...UTC properties
        if ($Value.Kind -eq [System.DateTimeKind]::Unspecified) { return [datetime]::SpecifyKind($Value, [System.DateTimeKind]::Utc) }
        return $Value.ToUniversalTime()
    }
    $time = [datetime]::MinValue
    $styles = [System.Globalization.DateTimeStyles]'AssumeUniversal, AdjustToUniversal'
    if ([datetime]::TryParse([string]$Value, [cultureinfo]::InvariantCulture, $styles, [ref] $time)) { return $time }
    return $null
}

# The moments that a time of an object may mean, in UTC: what comes without a zone may be UTC or the clock of this computer, which
# Microsoft does not say. Call it inside @( ).
function Get-SecuDocMoment {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $From,
        [Parameter(Mandatory)]
        [string] $Name
    )
    $exact = ConvertTo-SecuDocUtc (Get-SecuDocValue $From -Name ($Name + 'UTC'))
    if ($null -ne $exact) {
        $exact
        return
    }
    $value = Get-SecuDocValue $From -Name $Name
    $time = ConvertTo-SecuDocUtc $value
    if ($null -eq $time) { return }
    $time
    $vague = $value -is [string] -and $value -notmatch '(Z|[+-][0-9]{2}:?[0-9]{2})\s*$'
    if ($value -is [datetime] -and $value.Kind -eq [System.DateTimeKind]::Unspecified) { $vague = $true }
    if ($vague) { [datetime]::SpecifyKind($time, [System.DateTimeKind]::Local).ToUniversalTime() }
}

# Since the last change of an object, rather too few than too many; a million when nothing tells.
function Get-SecuDocMinutesSince {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Have,
        [Parameter(Mandatory)]
        [datetime] $Now
    )
    $moments = @(Get-SecuDocMoment -From $Have -Name 'WhenChanged')
    if ($moments.Count -eq 0) { return 1000000.0 }
    $least = -1.0
    foreach ($moment in $moments) {
        $minutes = ($Now - $moment).TotalMinutes
        # what is still to come cannot be meant; clocks differ a little
        if ($minutes -gt -5 -and ($least -lt 0 -or $minutes -lt $least)) { $least = [math]::Max(0.0, $minutes) }
    }
    return [math]::Max(0.0, $least)
}

# ---- checks, changes, errors

function New-SecuDocCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Name,
        [Parameter(Mandatory)]
        [ValidateSet('Pass', 'Fail', 'Waiting', 'Skipped')]
        [string] $Result,
        [AllowEmptyString()]
        [string] $Detail = '',
        [AllowEmptyString()]
        [string] $Advice = ''
    )
    return [pscustomobject]@{
        Name   = $Name
        Result = $Result
        Detail = $Detail
        Advice = $Advice
    }
}

function New-SecuDocChange {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidateSet('Exchange', 'Entra')]
        [string] $Area,
        [Parameter(Mandatory)]
        [ValidateSet('Organization', 'Group', 'Domain', 'Inbound', 'Outbound', 'RemoteDomain', 'Rule', 'Order', 'EnableRule', 'EnableRouting', 'Entra')]
        [string] $Stage,
        [Parameter(Mandatory)]
        [ValidateSet('Create', 'Change', 'Enable', 'Disable', 'Move', 'Remove', 'Grant', 'Manual')]
        [string] $Action,
        [Parameter(Mandatory)]
        [string] $Kind,
        [Parameter(Mandatory)]
        [string] $Name,
        [AllowEmptyString()]
        [string] $Guid = '',
        [System.Collections.IDictionary] $Old = [ordered]@{},
        [System.Collections.IDictionary] $New = [ordered]@{},
        [string[]] $Secrets = @(),
        [bool] $Undoable = $true,
        [AllowEmptyString()]
        [string] $Note = ''
    )
    return [pscustomobject]@{
        Area     = $Area
        Stage    = $Stage
        Action   = $Action
        Kind     = $Kind
        Name     = $Name
        Guid     = $Guid
        Old      = $Old
        New      = $New
        Secrets  = @($Secrets)
        Undoable = $Undoable
        Note     = $Note
    }
}

# For throw: the code stays with the error wherever it is caught.
function New-SecuDocError {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [ValidatePattern('^SD1[0-9][0-9]$')]
        [string] $Code,
        [Parameter(Mandatory)]
        [string] $Message,
        [AllowEmptyString()]
        [string] $Advice = ''
    )
    $text = "$Code - $Message"
    if ($Advice -ne '') { $text = "$text $Advice" }
    $exception = [System.InvalidOperationException]::new($text)
    $exception.Data['SecuDocCode'] = $Code
    return [System.Management.Automation.ErrorRecord]::new($exception, $Code, [System.Management.Automation.ErrorCategory]::InvalidOperation, $null)
}

function Get-SecuDocErrorCode {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )
    $exception = $ErrorRecord.Exception
    while ($null -ne $exception) {
        $code = $exception.Data['SecuDocCode']
        if ($null -ne $code) { return [string]$code }
        $exception = $exception.InnerException
    }
    return ''
}

# What the shell sees: the table stands in README.md.
function Get-SecuDocExitCode {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowEmptyString()]
        [string] $Code
    )
    if ($Code -like 'SD10*') { return 2 }
    if ($Code -like 'SD12*') { return 4 }
    if ($Code -like 'SD13*') { return 5 }
    if ($Code -like 'SD14*') { return 6 }
    return 1
}

# ---- what people see

# Texts of others may hold control characters, which a terminal would obey.
function ConvertTo-SecuDocPrintable {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [AllowEmptyString()]
        [string] $Text
    )
    return $Text -replace '[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]', '?'
}

# What of a change may not be seen: the values that it calls secret, and the tokens in them. Call it inside @( ).
function Get-SecuDocSecretText {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Change
    )
    if ($null -eq $Change) { return }
    foreach ($values in @($Change.Old, $Change.New)) {
        foreach ($name in @($Change.Secrets)) {
            foreach ($item in @(Get-SecuDocList $values -Name $name)) {
                if ([string]$item -ne '') { [string]$item }
                foreach ($part in ([string]$item -split '[\s()|^$*\\]+')) {
                    if ($part.Length -ge 8) { $part }
                }
            }
        }
    }
}

# Microsoft's messages may quote what was refused.
function Hide-SecuDocText {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Text,
        [AllowEmptyCollection()]
        [string[]] $Secrets = @()
    )
    $hidden = $Text
    foreach ($secret in $Secrets) {
        if ($secret.Length -ge 4) { $hidden = $hidden.Replace($secret, '********', [System.StringComparison]::OrdinalIgnoreCase) }
    }
    return $hidden
}

function Format-SecuDocValue {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)]
        [AllowNull()]
        [object] $Value,
        [switch] $Masked
    )
    if ($null -eq $Value) { return '(none)' }
    if ($Masked) { return '********' }
    if ($Value -is [bool]) {
        if ($Value) { return 'yes' }
        return 'no'
    }
    $texts = [System.Collections.Generic.List[string]]::new()
    foreach ($item in @($Value)) {
        if ($item -is [System.Collections.IDictionary]) {
            $texts.Add((ConvertTo-Json -InputObject $item -Depth 8 -Compress))
        } else {
            $texts.Add([string]$item)
        }
    }
    if ($texts.Count -eq 0) { return '(none)' }
    $text = ConvertTo-SecuDocPrintable ($texts -join ', ')
    if ($text.Length -gt 160) { $text = $text.Substring(0, 157) + '...' }
    return $text
}

function Write-SecuDocStep {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Text
    )
    Write-Host ''
    Write-Host "== $Text" -ForegroundColor Cyan
}

function Write-SecuDocNote {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowEmptyString()]
        [string] $Text
    )
    Write-Host "   $Text"
}

function Write-SecuDocCheck {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Checks
    )
    $colours = @{ Pass = 'Green'; Fail = 'Red'; Waiting = 'Yellow'; Skipped = 'Gray' }
    foreach ($check in $Checks) {
        $line = '{0,-8} {1}' -f $check.Result, (ConvertTo-SecuDocPrintable $check.Name)
        if ($check.Detail -ne '') { $line = $line + ': ' + (ConvertTo-SecuDocPrintable $check.Detail) }
        Write-Host $line -ForegroundColor $colours[$check.Result]
        if ($check.Advice -ne '' -and $check.Result -ne 'Pass') {
            Write-Host ('         ' + (ConvertTo-SecuDocPrintable $check.Advice))
        }
    }
}

function Test-SecuDocFailed {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Checks
    )
    foreach ($check in $Checks) {
        if ($check.Result -eq 'Fail') { return $true }
    }
    return $false
}

function Show-SecuDocChange {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Changes
    )
    foreach ($change in $Changes) {
        Write-Host ('{0,-8} {1,-18} {2}' -f $change.Action, $change.Kind, (ConvertTo-SecuDocPrintable $change.Name))
        foreach ($property in @($change.New.Keys)) {
            $masked = $change.Secrets -contains $property
            $new = Format-SecuDocValue $change.New[$property] -Masked:$masked
            if ($change.Action -eq 'Create' -or -not (Test-SecuDocKey $change.Old -Name $property)) {
                Write-Host ('           {0} = {1}' -f $property, $new)
            } else {
                $old = Format-SecuDocValue $change.Old[$property] -Masked:$masked
                Write-Host ('           {0}: {1} -> {2}' -f $property, $old, $new)
            }
        }
        if ($change.Note -ne '') { Write-Host ('           ' + (ConvertTo-SecuDocPrintable $change.Note)) -ForegroundColor Yellow }
        if (-not $change.Undoable) { Write-Host '           This cannot be undone.' -ForegroundColor Yellow }
    }
}

# ---- waiting

# The block sees the variables of its caller, so that what is set here has names of its own.
function Wait-SecuDocCondition {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [scriptblock] $Condition,
        [Parameter(Mandatory)]
        [int] $TimeoutSeconds,
        [int] $IntervalSeconds = 20,
        [Parameter(Mandatory)]
        [string] $Activity
    )
    $waitBegin = [datetime]::UtcNow
    $waitEnd = $waitBegin.AddSeconds($TimeoutSeconds)
    $waitMet = $false
    while (-not $waitMet) {
        $waitAnswer = & $Condition
        if ($waitAnswer) {
            $waitMet = $true
        } else {
            $waitNow = [datetime]::UtcNow
            if ($waitNow.AddSeconds($IntervalSeconds) -gt $waitEnd) { break }
            $waitLeft = [int]($waitEnd - $waitNow).TotalSeconds
            $waitPercent = [int](100 * ($waitNow - $waitBegin).TotalSeconds / [math]::Max(1, $TimeoutSeconds))
            Write-Progress -Activity $Activity -Status "at most $waitLeft seconds more" -PercentComplete ([math]::Min(100, $waitPercent))
            Start-Sleep -Seconds $IntervalSeconds
        }
    }
    Write-Progress -Activity $Activity -Completed
    return $waitMet
}

# Throttling and trouble that passes by itself, by what Microsoft's services say of it.
function Test-SecuDocTransient {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )
    $text = [string]$ErrorRecord.Exception.Message
    $patterns = @(
        'too many requests', 'throttl', 'server is busy', 'server busy', 'try again later', 'temporarily',
        'timed out', 'time-out', 'timeout', 'service unavailable', 'bad gateway', 'connection was closed',
        '\b429\b', '\b502\b', '\b503\b', '\b504\b'
    )
    foreach ($pattern in $patterns) {
        if ($text -match $pattern) { return $true }
    }
    return $false
}

function Invoke-SecuDocRetry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [scriptblock] $Action,
        [string] $AlsoOn = '',
        [AllowEmptyCollection()]
        [string[]] $Secrets = @()
    )
    $retryPauses = @(2, 5, 10, 25, 60)
    $retryCount = 0
    while ($true) {
        try {
            return & $Action
        } catch {
            $retryAgain = Test-SecuDocTransient -ErrorRecord $_
            if ($AlsoOn -ne '' -and [string]$_.Exception.Message -match $AlsoOn) { $retryAgain = $true }
            if ($retryCount -ge $retryPauses.Count -or -not $retryAgain) { throw }
            $retryText = ConvertTo-SecuDocPrintable (Hide-SecuDocText -Text ([string]$_.Exception.Message) -Secrets $Secrets)
            Write-SecuDocNote "Microsoft is not ready ($retryText); again in $($retryPauses[$retryCount]) seconds."
            Start-Sleep -Seconds $retryPauses[$retryCount]
            $retryCount = $retryCount + 1
        }
    }
}
